% rebase('layout.tpl', title='Guests')
<h1>Guests</h1>
% for account in accounts:
<div class="card">
<h2>{{account.name}}{{" (you)" if account.name == own.name else ""}}</h2>
<form class="inline" method="post" action="/admin/role"><input type="hidden" name="username" value="{{account.name}}">
<label for="role-{{account.name}}">Role</label>
<select id="role-{{account.name}}" name="role">
%   for role in ("user", "admin"):
<option{{!' selected' if account.role == role else ''}}>{{role}}</option>
%   end
</select>
<button aria-label="Change the role of {{account.name}}">Change</button></form>
<form class="inline" method="post" action="/admin/end"><input type="hidden" name="username" value="{{account.name}}"><button aria-label="Log {{account.name}} out everywhere">Log out everywhere</button></form>
</div>
% end
<section aria-labelledby="try">
<h2 id="try">Try this next</h2>
<ul>
<li>In another browser, log in as alice. Make her an admin here, and reload there: she sees this page. Take it back: 403.</li>
<li>Wait ten minutes, then change a role: you are asked for your password once more.</li>
</ul>
</section>
