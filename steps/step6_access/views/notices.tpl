% if notices:
<div role="status">
%   for text in notices:
<p class="notice">{{text}}</p>
%   end
</div>
% end
