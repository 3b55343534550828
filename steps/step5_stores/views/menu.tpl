% rebase('layout.tpl', title='Menu')
<h1>What we pour</h1>
<div class="card">
<ul>
<li>Green: Sencha, picked in spring</li>
<li>Black: Assam, with milk if you like</li>
<li>Herbal: mint from behind the house</li>
</ul>
</div>
