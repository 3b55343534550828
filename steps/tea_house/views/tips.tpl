<section aria-labelledby="try">
<h2 id="try">Try this next</h2>
<ul>
% include(tips)
</ul>
</section>
