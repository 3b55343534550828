"""The tool behind the lessons. It is not taught: it serves the steps, draws what happens, and runs the commands."""
