% rebase('layout.tpl', title='This form is from before')
<h1>This form is from before</h1>
<p>Nothing was done. It does not belong to the session that this browser has now. Perhaps that session is a new one: it begins with a first order or choice, and with each login or logout.</p>
<p><a href="/{{room}}">Open the page anew</a>, and send it again.</p>
