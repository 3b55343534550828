% rebase('layout.tpl', title='Your order')
<h1>Your order</h1>
<div class="card">
% if order:
<ul>
%   for tea, cups in order.items():
<li>{{cups}} {{"cup" if cups == 1 else "cups"}} of {{tea}} tea</li>
%   end
</ul>
% else:
<p>Nothing yet.</p>
% end
</div>
<form class="card" method="post" action="/order">
<label for="tea">Another cup of</label>
<select id="tea" name="tea">
% for tea in choices["tea"]:
<option value="{{tea}}">{{tea}}</option>
% end
</select>
<button>Order</button>
</form>
