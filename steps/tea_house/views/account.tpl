<a href="/">Home</a>
