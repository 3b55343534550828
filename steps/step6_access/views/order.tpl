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
<section aria-labelledby="try">
<h2 id="try">Try this next</h2>
<ul>
<li>Order before you log in, then log in: the order comes along, though the session id is another.</li>
<li>Log out: the order is gone. It belonged to the session, and that has ended.</li>
</ul>
</section>
