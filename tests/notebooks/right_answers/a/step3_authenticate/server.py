def login_form() -> Any:
    if current_user(request.session) is not None:
        return see_other("/dashboard")
    return page("login", wrong=False)


def login(users: Users, log_in: LogIn) -> Any:
    name = field("username")
    if not users.verify(name, field("password")):
        response.status = 401
        return page("login", wrong=True)
    log_in(request.session, name)
    return see_other("/dashboard")


@login_required
def dashboard() -> str:
    return page("dashboard", user=current_user(request.session))
