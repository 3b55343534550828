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
<p>Nothing yet. The <a href="/menu">menu</a> is over there.</p>
% end
</div>
% include('tips.tpl', tips='try_order.tpl')
