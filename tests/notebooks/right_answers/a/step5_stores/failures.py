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
