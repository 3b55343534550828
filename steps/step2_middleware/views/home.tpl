% rebase('layout.tpl', title='Welcome')
<h1>{{"Welcome to the tea house" if views == 1 else "Good to see you again"}}</h1>
<div class="card">
<p>In this session you have looked in</p>
<p class="big">{{views}}</p>
<p>{{"time" if views == 1 else "times"}}. Your browser holds only a signed id; the count itself never left the house.</p>
</div>
% include('tips.tpl', tips='try.tpl')
