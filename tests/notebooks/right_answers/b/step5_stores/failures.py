class FailFast:
    def _ask(self, question: Callable[Asked, Answer], *args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
        began = self.clock()
        if began < self.resting_until:
            raise StoreError("the store has failed slowly a moment ago, and is left alone")
        try:
            return question(*args, **kwargs)
        except StoreError:
            now = self.clock()
            if now - began > SLOW:
                self.resting_until = now + self.pause
            raise


def failure(error: Any) -> Any:
    for kind, answer in ANSWERS.items():
        if isinstance(error, kind):
            return answer
    return None


def refusal(error: Exception) -> tuple[str, Headers]:
    status, sentence = failure(error)
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(sentence.encode()))),
        ("Cache-Control", "no-store"),
    ]
    if isinstance(error, StoreError):
        headers.append(("Retry-After", "1"))
    return status, headers


def or_refusal(environ: Environ, body: Iterable[bytes], start: Callable[..., Any]) -> Iterator[bytes]:
    try:
        for chunk in body:
            if FAILURE in environ:
                break
            yield chunk
    except tuple(ANSWERS) as error:
        if FAILURE not in environ:
            environ[FAILURE] = error
            start(*refusal(error), sys.exc_info())
    finally:
        if close := getattr(body, "close", None):
            close()
    if FAILURE in environ and environ.get("REQUEST_METHOD") != "HEAD":
        yield failure(environ[FAILURE])[1].encode()
