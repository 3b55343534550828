% rebase('layout.tpl', title='Your table')
<h1>Your table, {{user}}</h1>
<div class="card">
<p>The kettle is on. Only those who are logged in see this page; the others are shown to the <a href="/login">login page</a>.</p>
</div>
% include('tips.tpl', tips='try_dashboard.tpl')
