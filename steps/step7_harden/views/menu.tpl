% rebase('layout.tpl', title='Menu')
<div lang="{{preferences.language}}">
% words = {
%     "en": ("What we pour", "Green: Sencha, picked in spring", "Black: Assam, with milk if you like", "Herbal: mint from behind the house", "To the order"),
%     "de": ("Was wir ausschenken", "Grün: Sencha, im Frühling gepflückt", "Schwarz: Assam, auf Wunsch mit Milch", "Kräuter: Minze von hinter dem Haus", "Zur Bestellung"),
%     "fr": ("Ce que nous servons", "Vert : Sencha, cueilli au printemps", "Noir : Assam, avec du lait si vous voulez", "Infusion : menthe de derrière la maison", "Commander"),
% }[preferences.language]
<h1>{{words[0]}}</h1>
<div class="card">
<ul>
% for text in words[1:4]:
<li>{{text}}</li>
% end
</ul>
<p><a href="/order">{{words[4]}}</a></p>
</div>
</div>
