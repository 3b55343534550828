% rebase('layout.tpl', title='Welcome')
<h1>Welcome to the tea house</h1>
<div class="card">
<p>By the cookie that you brought, this is your visit number</p>
<p class="big">{{visits}}</p>
<p>{{"We have never met, or you threw our cookie away." if visits == 1 else "Good to see you again."}}</p>
</div>
% include('tips.tpl', tips='try.tpl')
