<li>Choose something before you log in, then log in: it comes along, and is there on your other devices, too.</li>
<li>Send a field of your own, <code>-d role=admin</code>: only what can be chosen here is taken.</li>
