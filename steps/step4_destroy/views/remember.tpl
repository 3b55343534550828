% if remembers:
<label class="line"><input type="checkbox" name="remember" value="yes"> Remember me on this computer for two weeks</label>
% end
