<li>Order before you log in, then log in: the order comes along, though the session id is another.</li>
<li>Log out: the order is gone. It belonged to the session, and that has ended.</li>
