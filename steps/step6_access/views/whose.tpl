<div hidden>
<label for="username">Name, for a password manager</label>
<input type="text" id="username" value="{{account.name}}" autocomplete="username" readonly>
</div>
