<aside aria-labelledby="known">
<h2 id="known">What this server knows about you</h2>
<dl>
% for name, value in cookies.items():
<dt>Your browser sent</dt><dd>{{name}} = {{shorten(value)}}</dd>
% end
% if not cookies:
<dt>Your browser sent</dt><dd>no cookie</dd>
% end
% if session is not None and (session or not session.is_new):
<dt>Your session</dt><dd>{{shorten(session.id)}}{{", begun with this page" if session.is_new else ""}}</dd>
%   for key, value in session.items():
<dt>It remembers</dt><dd>{{key}} = {{plain(value)}}</dd>
%   end
%   max_age = getattr(getattr(session, "cookie", None), "original_max_age", None)
%   if max_age is not None:
<dt>It ends</dt><dd>after {{in_words(max_age)}} without you</dd>
%   end
% elif session is not None:
<dt>Your session</dt><dd>none yet: there is nothing to remember</dd>
% end
</dl>
</aside>
