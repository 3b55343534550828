% rebase('layout.tpl', title=f'Error: {problem}' if problem else 'Change your password')
<h1>Change your password</h1>
<form class="card" method="post" action="/password">
% if problem:
<p class="wrong" role="alert" tabindex="-1" autofocus>{{problem}}</p>
% end
% include('whose.tpl')
<label for="password">Present password</label>
<input type="password" id="password" name="password" autocomplete="current-password" required maxlength="200">
<label for="new">New password, 8 letters or more</label>
<input type="password" id="new" name="new" autocomplete="new-password" required minlength="8" maxlength="200">
<button>Change it</button>
</form>
% include('tips.tpl', tips='try_password.tpl')
