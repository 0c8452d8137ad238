// The page of the console. Everything that comes from a topic is put in as text, never as markup.
(() => {
  'use strict';

  const SVG = 'http://www.w3.org/2000/svg';
  const byId = id => document.getElementById(id);
  const state = {pulse: null, checkpoints: null, captions: [], rejected: null, originals: new Map(), heardAt: 0};

  // ---- small helpers ------------------------------------------------------------------------------------------------

  function element(name, classes, text) {
    const made = document.createElement(name);
    if (classes) made.className = classes;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function drawn(name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function seconds(value) {
    if (value === null || value === undefined) return 'unknown';
    if (value < 0.1) return '0 s';
    if (value < 10) return value.toFixed(1) + ' s';
    if (value < 120) return Math.round(value) + ' s';
    if (value < 7200) return Math.round(value / 60) + ' min';
    if (value < 172800) return Math.round(value / 3600) + ' h';
    return Math.round(value / 86400) + ' d';
  }

  function rate(value) {
    return value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en');
  }

  function bytes(value) {
    return value < 1e6 ? Math.round(value / 1e3) + ' kB' : (value / 1e6).toFixed(1) + ' MB';
  }

  function share(value) {
    return value === null ? '–' : (100 * value).toFixed(1) + ' %';
  }

  function time(millis) {
    return new Date(millis).toLocaleTimeString([], {hour12: false});
  }

  function when(millis) {
    const date = new Date(millis);
    return date.toDateString() === new Date().toDateString() ? time(millis)
        : date.toLocaleDateString() + ' ' + time(millis);
  }

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function bar(width) {
    const svg = drawn('svg', {viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true'});
    svg.append(drawn('rect', {width: Math.max(0, Math.min(100, width)), height: 10}));
    return svg;
  }

  // ---- the pipeline -------------------------------------------------------------------------------------------------

  const NAMES = {crawl: 'Crawl', ingest: 'Ingest', trainer: 'Trainer', checkpoints: 'Served model', inference: 'Inference'};

  function describe(stage) {
    const figures = stage.figures;
    switch (stage.id) {
      case 'crawl': return ['pairs/s arrive', Math.round(figures.total).toLocaleString('en') + ' so far'];
      case 'ingest': return ['pairs/s examined', rate(figures.rejectedRate) + '/s rejected'];
      case 'trainer': return ['pairs/s learnt', figures.step === undefined ? 'no step yet'
          : 'step ' + figures.step.toLocaleString('en')];
      case 'checkpoints': return ['', figures.newest === undefined ? 'no checkpoint yet'
          : 'newest ' + figures.newest + ', ' + seconds(figures.age) + ' old'];
      default: return ['answers/s', ''];
    }
  }

  function stageState(stage, objective) {
    if (stage.stalled > 0) return 'bad';
    if (stage.lagSeconds === null) return stage.id === 'crawl' ? 'good' : 'waiting';
    return stage.lagSeconds > objective ? 'warn' : 'good';
  }

  function lagText(stage) {
    if (stage.id === 'crawl' && !(stage.lagRecords > 0)) return '';
    if (stage.id === 'checkpoints') {
      return stage.figures.served === undefined ? 'nothing is served' : seconds(stage.lagSeconds) + ' behind curation';
    }
    const standing = stage.stalled > 0 ? ', STALLED' : '';
    return (stage.id === 'crawl' ? 'fetch lag ' : 'lag ') + seconds(stage.lagSeconds) + (stage.lagRecords > 0 ? ' (' + stage.lagRecords.toLocaleString('en') + ')'
        : '') + standing;
  }

  function drawPipeline() {
    const pulse = state.pulse;
    if (!pulse || pulse.stages.length === 0) return;
    const place = byId('pipeline');
    const down = place.clientWidth < 640;
    const stages = pulse.stages;
    const box = down ? {width: 340, height: 84} : {width: 200, height: 108};
    const gap = down ? 30 : 56;
    const step = (down ? box.height : box.width) + gap;
    const length = stages.length * step - gap;
    const svg = drawn('svg', {
      viewBox: down ? `-2 -2 ${box.width + 4} ${length + 4}` : `-2 -2 ${length + 4} ${box.height + 4}`, role: 'img'});
    const sentences = [];
    stages.forEach((stage, index) => {
      const x = down ? 0 : index * step;
      const y = down ? index * step : 0;
      const [unit, detail] = describe(stage);
      const lag = lagText(stage);
      const group = drawn('g', {class: 'stage', 'data-stage': stage.id,
        'data-state': stageState(stage, pulse.freshness.objective), transform: `translate(${x} ${y})`});
      group.append(drawn('rect', {width: box.width, height: box.height, rx: 10}));
      group.append(drawn('text', {x: 14, y: 25, class: 'name'}, NAMES[stage.id]));
      const big = stage.id === 'checkpoints'
          ? (stage.figures.served === undefined ? '–' : 'version ' + stage.figures.served) : rate(stage.rate);
      const value = drawn('text', {x: 14, y: 51, class: 'big'}, big);
      if (unit) value.append(drawn('tspan', {class: 'small', dx: 6, 'font-size': 13, 'font-weight': 400}, unit));
      group.append(value);
      if (down) {
        group.append(drawn('text', {x: 14, y: 73, class: 'lag'}, lag || detail));
        if (lag && detail) group.append(drawn('text', {x: box.width - 14, y: 25, class: 'small', 'text-anchor': 'end'}, detail));
      } else {
        group.append(drawn('text', {x: 14, y: 74, class: 'lag'}, lag || detail));
        if (lag) group.append(drawn('text', {x: 14, y: 94, class: 'small'}, detail));
      }
      svg.append(group);
      sentences.push(`${NAMES[stage.id]}: ${big} ${unit}, ${lag || detail}`);
      if (index < stages.length - 1) {
        const next = stages[index + 1];
        const moves = stage.id === 'checkpoints' ? next.rate > 0 : stage.rate > 0;
        const line = down
            ? {x1: 60, x2: 60, y1: y + box.height + 7, y2: y + step - 7}
            : {x1: x + box.width + 8, x2: x + step - 8, y1: box.height / 2, y2: box.height / 2};
        svg.append(drawn('line', {...line, class: 'pipe'}));
        svg.append(drawn('line', {...line, class: 'flow ' + (moves ? 'moving' : 'still')}));
      }
    });
    svg.setAttribute('aria-label', sentences.join('. '));
    place.replaceChildren(svg);
  }

  function drawVerdict() {
    const pulse = state.pulse;
    const verdict = byId('verdict');
    if (!pulse) return;
    const [level, text] = judge(pulse);
    if (verdict.textContent !== text) verdict.textContent = text;
    verdict.dataset.state = level;
  }

  function judge(pulse) {
    const fresh = pulse.freshness;
    const failing = (state.checkpoints ? state.checkpoints.serving : []).find(one => !one.serving);
    const standing = pulse.stages.find(stage => stage.stalled > 0);
    if (pulse.problems.length > 0) return ['bad', 'The console cannot see everything: ' + pulse.problems[0]];
    if (standing) return ['bad', `${NAMES[standing.id]} stands still: ${seconds(standing.lagSeconds)} of work wait.`];
    if (failing) return ['bad', `Version ${failing.version} could not be served by ${failing.instance}: ${failing.reason || 'no reason given'}`];
    if (pulse.stages.length === 0) return ['waiting', 'Waiting for the first reading …'];
    if (fresh.seconds === null) return ['waiting', 'No checkpoint is served yet.'];
    if (fresh.seconds > fresh.objective) {
      return ['warn', `The served model is ${seconds(fresh.seconds)} behind the crawl; the objective is ${seconds(fresh.objective)}.`];
    }
    return ['good', fresh.seconds < 0.1 ? 'All is well: the served model has learnt everything that was crawled.'
        : `All is well: the served model is ${seconds(fresh.seconds)} behind the crawl.`];
  }

  // ---- plots --------------------------------------------------------------------------------------------------------

  const plots = {};

  function axes(format) {
    const line = {stroke: colour('--quiet'), grid: {stroke: colour('--line'), width: 1}, ticks: {show: false},
      font: '12px system-ui, sans-serif'};
    return [{...line, size: 26, space: 60, values: format}, {...line, size: 44, space: 28}];
  }

  function plot(id, series, data, options) {
    const place = byId(id);
    const known = plots[id];
    const width = place.clientWidth;
    if (known && known.width === width && known.scheme === colour('--ink')) {
      known.chart.setData(data);
      return;
    }
    if (known) known.chart.destroy();
    const chart = new uPlot({
      width, height: 150, legend: {show: false}, cursor: {show: true, drag: {x: false, y: false}},
      scales: {x: {time: options.time}, y: {range: options.range}},
      series: [{}, ...series], axes: axes(options.format)}, data, place);
    plots[id] = {chart, width, scheme: colour('--ink')};
  }

  function lineOf(name) {
    return {stroke: colour(name), width: 2, spanGaps: true, points: {show: false}};
  }

  function drawFreshness() {
    const fresh = state.pulse.freshness;
    byId('freshness-now').textContent = seconds(fresh.seconds);
    byId('freshness-objective').textContent = `objective ${seconds(fresh.objective)}`
        + (fresh.metShare === null ? '' : `, met ${share(fresh.metShare)} of the time`);
    if (fresh.history.length < 2) return;
    const data = [fresh.history.map(one => one.at / 1000), fresh.history.map(one => one.seconds),
      fresh.history.map(() => fresh.objective)];
    plot('freshness-plot',
        [{...lineOf('--first'), fill: colour('--soft')}, {...lineOf('--second'), dash: [6, 4]}], data,
        {time: true, range: (_, low, high) => [0, Math.max(fresh.objective * 1.2, (high || 0) * 1.1)],
          format: (_, ticks) => ticks.map(tick => time(tick * 1000))});
  }

  function figures(place, pairs) {
    const parts = [];
    for (const [key, name, text] of pairs) {
      parts.push(element('span', 'key ' + key), element('b', '', text), element('span', 'quiet', name));
    }
    place.replaceChildren(...parts);
  }

  function drawCheckpointPlots() {
    const versions = state.checkpoints.versions;
    if (versions.length === 0) return;
    const last = key => versions.map(one => one[key]).filter(one => one !== null).pop();
    const number = value => value === undefined ? '–' : value.toFixed(2);
    figures(byId('loss-now'), [['first', 'contrastive', number(last('contrastive'))],
      ['second', 'caption', number(last('caption'))]]);
    const percent = value => value === undefined ? '–' : share(value);
    figures(byId('quality-now'), [['first', 'top-1', percent(last('top1'))], ['second', 'recall@1', percent(last('recallAt1'))]]);
    if (versions.length < 2) return;
    const x = versions.map(one => one.version);
    const whole = (_, ticks) => ticks.map(tick => Number.isInteger(tick) ? tick : '');
    plot('loss-plot', [lineOf('--first'), lineOf('--second')],
        [x, versions.map(one => one.contrastive), versions.map(one => one.caption)],
        {time: false, range: (_, low, high) => [0, (high || 1) * 1.1], format: whole});
    const hundred = value => value === null ? null : 100 * value;
    plot('quality-plot', [lineOf('--first'), lineOf('--second')],
        [x, versions.map(one => hundred(one.top1)), versions.map(one => hundred(one.recallAt1))],
        {time: false, range: () => [0, 100], format: whole});
  }

  // ---- checkpoints --------------------------------------------------------------------------------------------------

  function drawCheckpoints() {
    const {live, versions, model} = state.checkpoints;
    byId('model').textContent = model;
    byId('live').textContent = live === null ? 'none is chosen yet'
        : `version ${live.version} was chosen at ${when(live.decidedAt)} by ${live.decidedBy}: ${live.reason}`;
    const focused = document.activeElement && document.activeElement.dataset.version;
    byId('checkpoints').replaceChildren(...versions.slice().reverse().slice(0, 60).map(one => {
      const row = element('tr', live !== null && live.version === one.version ? 'live' : '');
      const cell = (text, classes) => row.append(element('td', classes, text));
      cell(String(one.version));
      cell(when(one.publishedAt));
      cell(one.mode.toLowerCase());
      cell(one.step.toLocaleString('en'), 'number');
      cell(one.pairs.toLocaleString('en'), 'number');
      cell(bytes(one.bytes), 'number');
      cell(share(one.top1), 'number');
      cell(share(one.recallAt1), 'number');
      const last = element('td');
      if (live !== null && live.version === one.version) {
        last.textContent = 'live';
      } else {
        const forward = live === null || one.version > live.version;
        const button = element('button', '', forward ? 'Promote' : 'Roll back');
        button.type = 'button';
        button.dataset.version = one.version;
        button.setAttribute('aria-label', (forward ? 'Promote version ' : 'Roll back to version ') + one.version);
        button.addEventListener('click', () => decide(one.version, forward));
        last.append(button);
      }
      row.append(last);
      return row;
    }));
    if (focused) {
      const again = byId('checkpoints').querySelector(`[data-version="${Number(focused)}"]`);
      if (again) again.focus();
    }
  }

  const dialog = byId('decision');
  let deciding = null;

  function decide(version, forward) {
    deciding = {version, forward};
    byId('decision-title').textContent = forward ? `Promote version ${version}` : `Roll back to version ${version}`;
    byId('decision-what').textContent = forward
        ? 'Every inference instance will load and serve it.'
        : 'Every inference instance will serve this earlier version again. Training goes on from the newest.';
    byId('decision-confirm').textContent = forward ? 'Promote' : 'Roll back';
    byId('decision-problem').textContent = '';
    byId('reason').value = '';
    dialog.showModal();
    byId('reason').focus();
  }

  byId('decision-cancel').addEventListener('click', () => dialog.close());
  byId('decision-form').addEventListener('submit', async event => {
    event.preventDefault();
    const {version, forward} = deciding;
    byId('decision-confirm').disabled = true;
    try {
      const response = await fetch(`/api/checkpoints/${version}/${forward ? 'promote' : 'rollback'}`,
          {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({reason: byId('reason').value})});
      const answer = await response.json();
      if (response.ok) dialog.close();
      else byId('decision-problem').textContent = answer.error;
    } catch (failure) {
      byId('decision-problem').textContent = 'The console does not answer: ' + failure.message;
    } finally {
      byId('decision-confirm').disabled = false;
    }
  });

  // ---- captions and refusals ----------------------------------------------------------------------------------------

  function drawCaptions() {
    const place = byId('captions');
    const items = state.captions.map(one => {
      const item = element('li');
      const line = element('div', 'line');
      line.append(element('span', '', one.caption || '(nothing)'));
      const meter = element('span', 'meter');
      meter.title = 'Grounding: how well the picture supports the words';
      meter.append(bar(one.grounding * 40));
      line.append(meter, element('span', 'number', one.grounding.toFixed(2)));
      item.append(line, element('div', 'quiet', `version ${one.checkpoint}, ${one.millis} ms, ${time(one.answeredAt)}`));
      return item;
    });
    if (items.length === 0) items.push(element('li', 'quiet', 'None yet. Ask the model, and the answer appears here.'));
    place.replaceChildren(...items);
  }

  function drawRejected() {
    const {total, rules, newest} = state.rejected;
    byId('rejected-total').textContent = total === 0 ? '' : total.toLocaleString('en') + ' seen';
    byId('rules').replaceChildren(...Object.entries(rules).sort((one, other) => other[1] - one[1]).slice(0, 6)
        .map(([rule, count]) => element('span', 'chip', `${rule} ${count.toLocaleString('en')}`)));
    const place = byId('rejected');
    const active = document.activeElement;
    const focused = active && place.contains(active) ? active.dataset.place : null;
    const items = newest.map(one => {
      const key = `${one.partition}/${one.offset}`;
      const item = element('li');
      const line = element('div', 'line');
      line.append(element('span', '', one.detail), element('span', 'chip', one.rule));
      const under = element('div', 'quiet');
      under.append(`${time(one.rejectedAt)}${one.source ? ', ' + one.source : ''}, ${one.topic} ${one.partition}:${one.offset} `);
      const button = element('button', 'link', state.originals.has(key) ? 'Hide' : 'Show');
      button.type = 'button';
      button.dataset.place = key;
      button.setAttribute('aria-label', `${button.textContent} the original at partition ${one.partition}, offset ${one.offset}`);
      button.addEventListener('click', () => toggle(key));
      under.append(button);
      item.append(line, under);
      if (state.originals.has(key)) item.append(original(state.originals.get(key)));
      return item;
    });
    if (items.length === 0) items.push(element('li', 'quiet', 'None yet.'));
    place.replaceChildren(...items);
    if (focused) {
      const again = [...place.querySelectorAll('button')].find(one => one.dataset.place === focused);
      if (again) again.focus();
    }
  }

  function original(known) {
    const place = element('div', 'original');
    if (known.picture && known.picture.startsWith('data:image/png;base64,')) {
      const picture = element('img');
      picture.src = known.picture;
      picture.alt = 'The refused picture';
      place.append(picture);
    }
    const texts = element('div');
    if (known.text) texts.append(element('div', '', '“' + known.text + '”'));
    if (known.why) texts.append(element('div', 'quiet', known.state === 'expired' ? 'Expired. ' + known.why : known.why));
    place.append(texts);
    return place;
  }

  async function toggle(key) {
    if (state.originals.delete(key)) {
      drawRejected();
      return;
    }
    // A page that stays open for days keeps few of them.
    if (state.originals.size >= 20) state.originals.delete(state.originals.keys().next().value);
    state.originals.set(key, {why: 'Reading …'});
    drawRejected();
    try {
      const response = await fetch('/api/rejected/' + key);
      const answer = await response.json();
      state.originals.set(key, response.ok ? answer : {why: answer.error});
    } catch (failure) {
      state.originals.set(key, {why: 'The console does not answer: ' + failure.message});
    }
    drawRejected();
  }

  // ---- asking -------------------------------------------------------------------------------------------------------

  let picture = null;
  let pictureAddress = null;

  function choose(file) {
    if (!file) return;
    picture = file;
    if (pictureAddress) URL.revokeObjectURL(pictureAddress);
    pictureAddress = URL.createObjectURL(file);
    byId('preview').src = pictureAddress;
    byId('preview').hidden = false;
    byId('drop-text').textContent = file.name;
    ask();
  }

  const drop = byId('drop');
  byId('file').addEventListener('change', () => choose(byId('file').files[0]));
  for (const name of ['dragover', 'dragenter']) {
    drop.addEventListener(name, event => { event.preventDefault(); drop.classList.add('over'); });
  }
  for (const name of ['dragleave', 'drop']) drop.addEventListener(name, () => drop.classList.remove('over'));
  for (const name of ['dragover', 'drop']) window.addEventListener(name, event => event.preventDefault());
  drop.addEventListener('drop', event => choose(event.dataTransfer.files[0]));
  byId('ask-form').addEventListener('submit', event => { event.preventDefault(); ask(); });
  byId('preview').addEventListener('error', () => { byId('preview').hidden = true; });

  async function ask() {
    const place = byId('answer');
    if (!picture) {
      place.replaceChildren(element('p', 'quiet', 'Choose a picture first.'));
      byId('file').focus();
      return;
    }
    const set = byId('set').value;
    const query = set ? 'labelSet=' + encodeURIComponent(set) : 'labels=' + encodeURIComponent(byId('labels').value);
    byId('ask-button').disabled = true;
    place.replaceChildren(element('p', 'quiet', 'Asking the live model …'));
    try {
      const response = await fetch('/api/ask?' + query, {method: 'POST', headers: {'Content-Type': 'application/octet-stream'}, body: picture});
      const answer = await response.json();
      place.replaceChildren(...(response.ok ? answers(answer) : [element('p', 'problem', answer.error)]));
    } catch (failure) {
      place.replaceChildren(element('p', 'problem', 'The console does not answer: ' + failure.message));
    } finally {
      byId('ask-button').disabled = false;
    }
  }

  function answers({labels, caption}) {
    const shown = [];
    if (caption.problem) shown.push(element('p', 'problem', 'Caption: ' + caption.problem));
    else {
      shown.push(element('p', 'caption', caption.caption || '(nothing)'));
      shown.push(element('p', 'quiet', `grounding ${caption.grounding.toFixed(2)}, by version ${caption.checkpoint} in ${caption.millis} ms`));
    }
    if (labels.problem) shown.push(element('p', 'problem', 'Labels: ' + labels.problem));
    else {
      for (const one of labels.labels) {
        const line = element('div', 'bar');
        line.append(element('span', '', one.label), bar(100 * one.probability), element('span', 'number', (100 * one.probability).toFixed(0) + ' %'));
        shown.push(line);
      }
      shown.push(element('p', 'quiet', `labels by version ${labels.checkpoint} in ${labels.millis} ms`));
    }
    return shown;
  }

  function drawLabelSets(sets) {
    const select = byId('set');
    const chosen = select.value;
    select.replaceChildren(new Option('none', ''), ...sets.map(one => new Option(`${one.name} (${one.labels})`, one.name)));
    select.value = sets.some(one => one.name === chosen) ? chosen : '';
    byId('set-label').hidden = sets.length === 0;
  }

  // ---- what comes in ------------------------------------------------------------------------------------------------

  function drawAll() {
    if (state.pulse) { drawPipeline(); drawFreshness(); drawVerdict(); }
    if (state.checkpoints) { drawCheckpoints(); drawCheckpointPlots(); }
  }

  const incoming = {
    pulse: value => { state.pulse = value; drawPipeline(); drawFreshness(); drawVerdict(); },
    checkpoints: value => { state.checkpoints = value; drawCheckpoints(); drawCheckpointPlots(); drawVerdict(); },
    labels: drawLabelSets,
    captions: value => { state.captions = value; drawCaptions(); },
    rejected: value => { state.rejected = value; drawRejected(); },
  };

  const source = new EventSource('/api/events');
  for (const [name, take] of Object.entries(incoming)) {
    source.addEventListener(name, event => {
      state.heardAt = Date.now();
      byId('connection').textContent = '';
      take(JSON.parse(event.data));
    });
  }
  source.addEventListener('full', () => {
    source.close();
    byId('connection').textContent = 'too many pages are open: close one and reload';
  });
  source.addEventListener('error', () => { byId('connection').textContent = 'connection lost, trying again …'; });
  setInterval(() => {
    if (state.heardAt && Date.now() - state.heardAt > 20000 && source.readyState === EventSource.OPEN) {
      byId('connection').textContent = `last news ${seconds((Date.now() - state.heardAt) / 1000)} ago`;
    }
  }, 5000);

  let resizing = 0;
  window.addEventListener('resize', () => { cancelAnimationFrame(resizing); resizing = requestAnimationFrame(drawAll); });
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
  drawCaptions();
})();
