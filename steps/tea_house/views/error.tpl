% rebase('layout.tpl', title=status)
<h1>{{status}}</h1>
<p>{{sentence}}</p>
<p><a href="/">Back to the front door</a></p>
