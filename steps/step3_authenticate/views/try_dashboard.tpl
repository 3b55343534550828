<li>Compare your session’s first letters with those from before you logged in: it is the same session. Lesson 3 shows what an attacker makes of that.</li>
<li>Look for a way to log out. There is none yet: that is step 4.</li>
