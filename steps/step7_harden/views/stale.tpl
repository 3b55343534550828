% rebase('layout.tpl', title='This form is from before')
<h1>This form is from before</h1>
<p>Nothing was done. Since its page was shown, somebody has logged in or out in this browser, or the login has ended.</p>
<p><a href="/{{room}}">Open the page anew</a>, and send it again.</p>
