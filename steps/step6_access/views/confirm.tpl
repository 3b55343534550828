% rebase('layout.tpl', title='Your password, please')
<h1>Your password, please</h1>
<form class="card" method="post" action="/confirm">
% if problem:
<p class="wrong" role="alert">{{problem}}</p>
% end
<p>You have been here for a while, and what you want to do is not to be done by somebody who just found your browser open.</p>
<label for="password">Password</label>
<input type="password" id="password" name="password" autocomplete="current-password" required maxlength="200">
<button>Go on</button>
</form>
