<li>Log in as <code>alice</code> with <code>follow-the-rabbit</code>, or as <code>queen</code> with <code>off-with-their-heads</code>.</li>
<li>Use a wrong password, then a wrong name: the same answer, after the same time.</li>
