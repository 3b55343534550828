% rebase('layout.tpl', title='Menu')
% words = {
%     "en": ("What we pour", "Green: Sencha, picked in spring", "Black: Assam, with milk if you like", "Herbal: mint from behind the house", "A cup, please"),
%     "de": ("Was wir ausschenken", "Grün: Sencha, im Frühling gepflückt", "Schwarz: Assam, auf Wunsch mit Milch", "Kräuter: Minze von hinter dem Haus", "Eine Tasse, bitte"),
%     "fr": ("Ce que nous servons", "Vert : Sencha, cueilli au printemps", "Noir : Assam, avec du lait si vous voulez", "Infusion : menthe de derrière la maison", "Une tasse, s’il vous plaît"),
% }[preferences.language]
<div lang="{{preferences.language}}">
<h1>{{words[0]}}</h1>
<div class="card">
<ul>
% for tea, text in zip(choices["tea"], words[1:4]):
<li><span id="{{tea}}">{{text}}</span> <form class="inline" method="post" action="/order"><input type="hidden" name="tea" value="{{tea}}"><button aria-describedby="{{tea}}">{{words[4]}}</button></form></li>
% end
</ul>
</div>
</div>
