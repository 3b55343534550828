<!doctype html>
<html lang="en" data-theme="{{theme}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{title}} · The Tea House</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg%20xmlns='http://www.w3.org/2000/svg'%20viewBox='0%200%2016%2016'%3E%3Cpath%20d='M2%206h9v4a4%204%200%200%201-4%204H6a4%204%200%200%201-4-4zM11%207h2a2%202%200%200%201%200%204h-2'%20fill='none'%20stroke='%232f6b4f'%20stroke-width='1.6'/%3E%3C/svg%3E">
<style>
% include('style.tpl')
</style>
</head>
<body>
<a class="skip" href="#main">Skip to the page</a>
<header>
  <div class="bar">
    <a class="sign" href="/"><svg viewBox="0 0 48 40" width="48" height="40" aria-hidden="true" focusable="false"><path class="steam" d="M15 4c-3 3 3 5 0 8M24 2c-3 3 3 5 0 8"/><path class="cup" d="M6 16h28v10a11 11 0 0 1-11 11h-6A11 11 0 0 1 6 26zM34 19h5a5 5 0 0 1 0 11h-6"/></svg><span>The Tea House</span></a>
    <nav aria-label="Site">
% include('account.tpl')
    </nav>
  </div>
</header>
<main id="main">
<p class="step">Step {{number}} · {{step}}</p>
% include('notices.tpl')
{{!base}}
</main>
% include('known.tpl')
<footer><p>This is the server of step {{number}}. Its lesson is <code>notebooks/{{number}}_{{step}}.ipynb</code>.{{!' Who this server takes you for, as JSON: <a href="/whoami">/whoami</a>' if number != "1" else ''}}</p></footer>
</body>
</html>
