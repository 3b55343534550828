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
