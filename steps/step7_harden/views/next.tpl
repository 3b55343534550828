% if next:
<input type="hidden" name="next" value="{{next}}">
% end
