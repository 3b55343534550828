% rebase('layout.tpl', title='Welcome')
<h1>Welcome to the tea house</h1>
<div class="card">
<p>By the cookie that you brought, this is your visit number</p>
<p class="big">{{visits}}</p>
<p>{{"We have never met, or you threw our cookie away." if visits == 1 else "Good to see you again."}}</p>
</div>
<section aria-labelledby="try">
<h2 id="try">Try this next</h2>
<ul>
<li>Reload the page. HTTP forgets you each time; the cookie does not.</li>
<li>Cheat: <code>curl -b visits=999 http://{{host}}/</code>. The server believes every word.</li>
<li>Open a private window: another browser, another count.</li>
</ul>
</section>
