class FailFast:
    def _ask(self, question: Callable[Asked, Answer], *args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
        if self.clock() < self.resting_until:
            raise StoreError
        asked = self.clock()
        try:
            answer = question(*args, **kwargs)
        except StoreError:
            now = self.clock()
            if now >= asked + SLOW:
                self.resting_until = now + self.pause
            raise
        return answer


def failure(error: Any) -> Any:
    for kind in ANSWERS:
        if isinstance(error, kind):
            return ANSWERS[kind]
    return None


def refusal(error: Exception) -> tuple[str, Headers]:
    answer = failure(error)
    length = len(answer[1].encode("utf-8"))
    headers = {"Content-Type": "text/plain; charset=UTF-8", "Content-Length": f"{length}", "Cache-Control": "no-store"}
    if isinstance(error, StoreError):
        headers["Retry-After"] = "1"
    return answer[0], list(headers.items())


def or_refusal(environ: Environ, body: Iterable[bytes], start: Callable[..., Any]) -> Iterator[bytes]:
    chunks = iter(body)
    try:
        while FAILURE not in environ:
            try:
                chunk = next(chunks)
            except StopIteration:
                break
            if FAILURE not in environ:
                yield chunk
    except (SessionEnded, StoreError) as error:
        environ[FAILURE] = error
        start(*refusal(error), exc_info=sys.exc_info())
    finally:
        if hasattr(body, "close"):
            body.close()
    if environ["REQUEST_METHOD"] != "HEAD" and FAILURE in environ:
        _, sentence = failure(environ[FAILURE])
        yield sentence.encode()
