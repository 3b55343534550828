% rebase('layout.tpl', title='403 Forbidden')
<h1>This room is for those with the role {{role}}</h1>
<p>You are logged in as {{account.name}}, with the role {{account.role}}. If that should be different, ask an admin of the house; it counts from your next request on, without logging in again. Or <a href="/dashboard">back to your table</a>.</p>
