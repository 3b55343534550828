<li>Reload the page: the cookie stays the same, the count does not.</li>
<li>Change one letter of the cookie in the browser's developer tools, and reload: you are a new guest.</li>
<li>Restart the server: everybody is a new guest. The store is only this process's memory.</li>
