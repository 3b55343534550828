% rebase('layout.tpl', title='Preferences')
<h1>As you like it</h1>
<form class="card" method="post" action="/preferences">
% for name, label in (("theme", "Colours"), ("language", "Language of the menu")):
<label for="{{name}}">{{label}}</label>
<select id="{{name}}" name="{{name}}">
%   for value, words in choices[name].items():
<option value="{{value}}"{{!' selected' if getattr(preferences, name) == value else ''}}>{{words}}</option>
%   end
</select>
% end
<button>Keep</button>
</form>
<section aria-labelledby="try">
<h2 id="try">Try this next</h2>
<ul>
<li>Choose something before you log in, then log in: it comes along, and is there on your other devices, too.</li>
<li>Send a field of your own, <code>-d role=admin</code>: only what can be chosen here is taken.</li>
</ul>
</section>
