% rebase('layout.tpl', title='Welcome')
<h1>{{"Welcome to the tea house" if views == 1 else "Good to see you again"}}</h1>
<div class="card">
<p>In this session you have looked in</p>
<p class="big">{{views}}</p>
<p>{{"time" if views == 1 else "times"}}. Your browser brought only a signed number; the count itself never left the house.</p>
</div>
<section aria-labelledby="try">
<h2 id="try">Try this next</h2>
<ul>
% include('try.tpl')
</ul>
</section>
