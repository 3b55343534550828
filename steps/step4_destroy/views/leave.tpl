<form method="post" action="/logout"><button>Log out</button></form>
