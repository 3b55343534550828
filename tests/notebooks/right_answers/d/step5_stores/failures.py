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
