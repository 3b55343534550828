% rebase('layout.tpl', title=status)
<h1>{{status}}</h1>
<p>{{sentence}}</p>
<p><a href="{{link}}">{{words}}</a></p>
