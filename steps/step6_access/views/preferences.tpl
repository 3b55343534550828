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
% include('tips.tpl', tips='try_preferences.tpl')
