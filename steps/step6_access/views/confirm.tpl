% rebase('layout.tpl', title=f'Error: {problem}' if problem else 'Your password, please')
<h1>Your password, please</h1>
<form class="card" method="post" action="/confirm">
% if problem:
<p class="wrong" role="alert" tabindex="-1" autofocus>{{problem}}</p>
% end
<p>You have been here for a while, and what you want to do is not to be done by somebody who just found your browser open.</p>
% include('whose.tpl')
<label for="password">Password</label>
<input type="password" id="password" name="password" autocomplete="current-password" required maxlength="200">
<button>Go on</button>
</form>
