% rebase('layout.tpl', title='Log in')
<h1>Log in</h1>
<form class="card" method="post" action="/login">
% include('next.tpl')
% if wrong:
<p class="wrong" role="alert">Wrong name or password. Which of the two, we do not say.</p>
% end
<label for="username">Name</label>
<input type="text" id="username" name="username" autocomplete="username" required maxlength="100">
<label for="password">Password</label>
<input type="password" id="password" name="password" autocomplete="current-password" required maxlength="200">
% include('remember.tpl')
<button>Log in</button>
</form>
<section aria-labelledby="try">
<h2 id="try">Try this next</h2>
<ul>
<li>Log in as <code>alice</code> with <code>follow-the-rabbit</code>, or as <code>queen</code> with <code>off-with-their-heads</code>.</li>
<li>Use a wrong password, then a wrong name: the same answer, after the same time.</li>
</ul>
</section>
