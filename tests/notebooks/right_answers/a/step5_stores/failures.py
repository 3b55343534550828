class FailFast:
    def _ask(self, question: Callable[Asked, Answer], *args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
        started = self.clock()
        if started < self.resting_until:
            raise StoreError("the store has failed a moment ago, and is left alone")
        try:
            return question(*args, **kwargs)
        except StoreError:
            failed = self.clock()
            if failed - started > SLOW:
                self.resting_until = failed + self.pause
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
        if FAILURE not in environ:
            for piece in body:
                if FAILURE in environ:
                    break
                yield piece
    except Exception as error:
        if failure(error) is None:
            raise
        environ[FAILURE] = error
        start(*refusal(error), sys.exc_info())  # raises the error again, if the headers have left
    finally:
        if hasattr(body, "close"):
            body.close()
    if FAILURE in environ and environ.get("REQUEST_METHOD") != "HEAD":
        yield failure(environ[FAILURE])[1].encode()
