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
<button>Change the role of {{account.name}}</button></form>
<form class="inline" method="post" action="/admin/end"><input type="hidden" name="username" value="{{account.name}}"><button>Log out everywhere: {{account.name}}</button></form>
</div>
% end
% include('tips.tpl', tips='try_admin.tpl')
