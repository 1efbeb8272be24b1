// What a page of somebody else tries to do with a server of ours; each says what became of it.

var attempts = async ({url, deployment, headers}) => {
  const told = {};
  const attempt = async (name, path, options) => {
    try {
      const answer = await fetch(url + path, options);
      told[name] = answer.type === 'opaque' ? 'opaque' : `${answer.status} ${await answer.text()}`;
    } catch (error) {
      told[name] = 'refused';
    }
  };
  const json = {'Content-Type': 'application/json'};
  const shell = {'prefect.deployments.steps.run_shell_script': {script: 'true'}};
  const changed = JSON.stringify({pull_steps: [shell], parameters: {changed: true}});
  const runs = `/deployments/${deployment}/create_flow_run`;
  await attempt('list', '/deployments/filter', {method: 'POST', headers: json, body: '{}'});
  await attempt('read', '/admin/version', {});
  await attempt('read with cookies', '/admin/version', {credentials: 'include'});
  await attempt('read with the password', '/admin/version', {headers});
  await attempt('start', runs, {method: 'POST', headers: {...json, ...headers}, body: '{}'});
  await attempt('change', `/deployments/${deployment}`, {method: 'PATCH', headers: {...json, ...headers}, body: changed});
  await attempt('delete', `/deployments/${deployment}`, {method: 'DELETE', headers});
  // These need no preflight: the browser sends them, and only hides the answer from the page.
  const simple = {mode: 'no-cors', credentials: 'include'};
  await attempt('simple start', runs, {...simple, method: 'POST', headers: {'Content-Type': 'text/plain'}, body: '{}'});
  await attempt('simple read', '/admin/version', simple);
  return told;
};

var connect = url => new Promise(done => {
  const socket = new WebSocket(url, ['prefect']);
  socket.onopen = () => done('open');
  socket.onerror = () => done('refused');
});

var embed = (tag, url) => new Promise(done => {
  const element = document.createElement(tag);
  element.onload = () => done('loaded');
  element.onerror = () => done('refused');
  element.src = url;
  document.body.append(element);
});

var frame = url => embed('iframe', url);

var script = url => embed('script', url);
