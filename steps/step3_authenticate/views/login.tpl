% rebase('layout.tpl', title='Error: wrong name or password' if wrong else 'Log in')
<h1>Log in</h1>
<form class="card" method="post" action="/login">
% include('next.tpl')
% if wrong:
<p class="wrong" role="alert" tabindex="-1" autofocus>Wrong name or password. Which of the two, we do not say.</p>
% end
<label for="username">Name</label>
<input type="text" id="username" name="username" autocomplete="username" required maxlength="100" value="{{typed('username') if wrong else ''}}">
<label for="password">Password</label>
<input type="password" id="password" name="password" autocomplete="current-password" required maxlength="200">
% include('remember.tpl')
<button>Log in</button>
</form>
% include('tips.tpl', tips='try_login.tpl')
