<li>In another browser, log in as alice. Make her an admin here, and reload there: she sees this page. Take it back: 403.</li>
<li>Wait ten minutes, then change a role: you are asked for your password once more.</li>
