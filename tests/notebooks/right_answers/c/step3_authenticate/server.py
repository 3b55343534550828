def login_form() -> Any:
    if current_user(request.session):
        return see_other("/dashboard")
    return page("login", wrong=False)


def login(users: Users, log_in: LogIn) -> Any:
    name = field("username")
    if users.verify(name, field("password")):
        log_in(request.session, name)
        return see_other("/dashboard")
    response.status = 401
    return page("login", wrong=True)


@login_required
def dashboard() -> str:
    return page("dashboard", user=current_user(request.session))
