// Grows the Wishtree drawing once and writes it as a static page: node build.mjs > tree.html
import fs from 'node:fs';
// ---------- seeded randomness: same tree every time ----------
const rng = seed => () => { seed |= 0; seed = seed + 0x6D2B79F5 | 0; let t = Math.imul(seed ^ seed >>> 15, 1 | seed);
  t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t; return ((t ^ t >>> 14) >>> 0) / 4294967296; };
const R = rng(20170912), rnd = (a, b) => a + (b - a) * R();
const f1 = n => (Math.round(n * 10) / 10).toString().replace(/^(-?)0\./, '$1.');
const clamp = (v, a, b) => Math.max(a, Math.min(b, v));

// ---------- crown: lobes, back to front ----------
const lobes = [
  [540,178,128],[408,206,122],[672,200,124],[292,284,122],[792,276,124],[192,384,108],[892,376,110],
  [476,290,134],[614,286,134],[352,380,124],[734,374,126],[124,464,70],[962,456,72],
  [246,474,100],[838,466,102],[546,388,140],[436,476,108],[654,472,110],[338,534,80],[756,530,82],[196,542,60],[896,532,62],[544,512,84]];
const inCrown = (x, y, k = 1) => lobes.some(([a, b, r]) => (x-a)**2 + (y-b)**2 < (r*k)**2);

// ---------- slots: progressive blue noise (farthest-point order), so any number of leaves is well spread ----------
const N = 320, cand = [];
for (let i = 0; i < 9000; i++) { const x = rnd(40, 1040), y = rnd(50, 616);
  if (inCrown(x, y, .90) && !(Math.abs(x-540) < 40 && y > 556)) cand.push([x, y]); }
const slots = [[540, 300]]; const near = cand.map(c => Math.hypot(c[0]-540, c[1]-300));
while (slots.length < N) { let bi = 0, bd = -1;
  for (let i = 0; i < cand.length; i++) if (near[i] > bd) { bd = near[i]; bi = i; }
  const p = cand[bi]; slots.push(p); for (let i = 0; i < cand.length; i++) near[i] = Math.min(near[i], Math.hypot(cand[i][0]-p[0], cand[i][1]-p[1])); }
let minD = 1e9; for (let i = 0; i < N; i++) for (let j = 0; j < i; j++) minD = Math.min(minD, Math.hypot(slots[i][0]-slots[j][0], slots[i][1]-slots[j][1]));

// ---------- foliage: privet leaves, per lobe, five tones, light from the upper left ----------
const I = Math.round, J = n => n < 0 ? '' + n : ' ' + n;
const leaf = (x, y, a, L, B) => { const c = Math.cos(a), s = Math.sin(a), ex = I(L*c), ey = I(L*s), bx = I(L*.45*c - B*1.5*s), by = I(L*.45*s + B*1.5*c), gx = I(L*.45*c + B*1.5*s) - ex, gy = I(L*.45*s - B*1.5*c) - ey;
  return `M${I(x)}${J(I(y))}q${bx}${J(by)}${J(ex)}${J(ey)}q${gx}${J(gy)}${J(-ex)}${J(-ey)}`; };
const hidden = (x, y, li) => lobes.slice(li + 1).some(([a, b, r]) => (x-a)**2 + ((y-b)/.92)**2 < (r*.84)**2);
let foliage = '';
lobes.forEach(([cx, cy, r], li) => {
  const tone = [[], [], [], [], [], []], step = 19.5;
  const depth = li / lobes.length;
  for (let ring = r * 1.0; ring > 0; ring -= step * .82) {
    const n = Math.max(1, Math.round(2 * Math.PI * ring / (step * 1.08)));
    for (let k = 0; k < n; k++) {
      const t = (k + rnd(-.3, .3) + (ring / step % 2) * .5) / n * 2 * Math.PI, rr = ring + rnd(-5, 5), x = cx + rr * Math.cos(t), y = cy + rr * Math.sin(t) * .92;
      if (y > 628 || hidden(x, y, li)) continue;
      const lit = (-(x - cx) * .5 - (y - cy) * .86) / r + rnd(-.30, .30) + (depth - .5) * .25;
      const out = t + rnd(-.65, .65) + (Math.cos(t) > 0 ? .25 : -.25);
      const ti = lit < -.55 ? 0 : lit < -.18 ? 1 : lit < .22 ? 2 : lit < .58 ? 3 : lit < .93 ? 4 : 5;
      tone[ti].push(leaf(x, y, out, rnd(20, 29), rnd(5.4, 7.6)));
    } }
  foliage += `<circle class="m${li % 3}" cx="${cx}" cy="${cy}" r="${Math.round(r * .93)}"/>`;
  tone.forEach((t, i) => { if (t.length) foliage += `<path class="t${i}" d="${t.join('')}"/>`; });
});
// a few bright sprays: stem with paired leaves, as privet grows
let sprays = '', stems = '';
const sprayAt = [[268,226,-2.3],[400,128,-1.9],[540,96,-1.45],[690,118,-1.15],[822,196,-.8],[126,372,-2.7],[968,370,-.35],[352,312,-2.1],[628,222,-1.2],[500,356,-1.9],[742,312,-1],[246,420,-2.3],[852,404,-.8],[580,466,-1.3],[456,430,-2],[702,436,-1.1]];
for (const [x, y, a0] of sprayAt) { let px = x, py = y, a = a0, d = `M${f1(x)} ${f1(y)}`;
  for (let k = 0; k < 5; k++) { a += rnd(-.1, .14); px += Math.cos(a) * 12; py += Math.sin(a) * 12; d += `L${f1(px)} ${f1(py)}`; const L = 21 - k * 1.6; sprays += leaf(px, py, a - .85, L, 5.6) + leaf(px, py, a + .85, L, 5.6); }
  sprays += leaf(px, py, a, 18, 5.2); stems += d; }

// ---------- sample wishes (de-identified, invented) ----------
const CAT = ['g','s','c','k']; // goods, service, companionship, skill
const hash = s => { let h = 2166136261; for (const ch of s) h = Math.imul(h ^ ch.charCodeAt(0), 16777619); h ^= h >>> 16; h = Math.imul(h, 0x85ebca6b); h ^= h >>> 13; h = Math.imul(h, 0xc2b2ae35); return (h ^ h >>> 16) >>> 0; };
const tiers = [16, 24, 32, 48, 64, 96, 128, 160, 192, 224, 256, 288, 320], HANG = 176, taken = new Set(), leaves = [];
for (let i = 0; i < HANG; i++) { const id = 'wish-' + (1000 + i * 37); const tier = tiers.find(t => t >= Math.min(N, (taken.size + 1) * 1.2)) || N;
  let s = hash(id) % tier; while (taken.has(s)) s = (s + 11) % tier; taken.add(s);
  const u = hash('c' + id) % 100, v = hash('st' + id) % 100;
  leaves.push({ id, s, c: u < 38 ? 'g' : u < 62 ? 's' : u < 84 ? 'c' : 'k', st: v < 38 ? 'o' : v < 55 ? 'h' : 'f' }); }
leaves.sort((a, b) => slots[a.s][1] - slots[b.s][1]);
let threads = '', hung = '';
const NEW = leaves.findIndex(l => l.st === 'o' && l.c === 'c' && slots[l.s][1] > 430 && slots[l.s][0] > 700);
leaves.forEach((l, i) => { const [x, y] = slots[l.s], h = hash('a' + l.id), rot = (h % 25) - 12, len = 7 + h % 9;
  if (l.st !== 'f') threads += `M${f1(x)} ${f1(y - len)}V${f1(y)}`;
  hung += `<a class="leaf ${l.st}" tabindex="-1" href="#${l.id}" data-n="${l.s}"><use href="#${l.st}${l.c}" transform="translate(${f1(x)} ${f1(y)})${l.st === 'f' ? `rotate(${(h >> 5) % 90})` : `rotate(${Math.round(rot * .55)})`}scale(${l.st === 'f' ? (.86 + (h % 5) * .03).toFixed(2) : l.st === 'o' ? 1.2 : 1.06})"/></a>`; });
const counts = { o: 0, h: 0, f: 0 }, cats = { g: 0, s: 0, c: 0, k: 0 }; leaves.forEach(l => { counts[l.st]++; if (l.st === 'o') cats[l.c]++; });
const log = { minD: +minD.toFixed(1), counts, foliageKB: +(foliage.length/1024).toFixed(1), hungKB: +(hung.length/1024).toFixed(1) };
console.error(JSON.stringify(log));

const tpl = fs.readFileSync(new URL('./page.html', import.meta.url), 'utf8');
const put = (k, v) => out = out.split(`{{${k}}}`).join(v); let out = tpl;
// blossom: four hearts round one point, flattened to few nodes
const pet = [[0,0],[-2.2,-3.6],[-9.4,-7.2],[-9.4,-13],[-9.4,-16.7],[-7,-18.6],[-4.6,-18.6],[-2.3,-18.6],[-.8,-17.2],[0,-15.2],[.8,-17.2],[2.3,-18.6],[4.6,-18.6],[7,-18.6],[9.4,-16.7],[9.4,-13],[9.4,-7.2],[2.2,-3.6],[0,0]];
const blush = [[0,-1],[-1.4,-4],[-4,-6],[-3,-10],[-1.5,-8.6],[-.6,-8.4],[0,-10],[.6,-8.4],[1.5,-8.6],[3,-10],[4,-6],[1.4,-4],[0,-1]];
const four = pts => [0,1,2,3].map(k => { const q = pts.map(([x, y]) => k === 0 ? [x,y] : k === 1 ? [-y,x] : k === 2 ? [-x,-y] : [y,-x]).map(p => p.map(f1).join(' ')); return 'M' + q[0] + 'C' + q.slice(1).join(' ') + 'Z'; }).join('');
put('PETALS', four(pet)); put('BLUSH', four(blush));
const qr = JSON.parse(fs.readFileSync(new URL('./qr.json', import.meta.url))); put('QN1', qr.pub[0] + 4); put('QR1', qr.pub[1]); put('QN2', qr.own[0] + 4); put('QR2', qr.own[1]); put('FOLIAGE', foliage); put('SPRAYS', `<path class="t5" d="${sprays}"/><path class="stem" d="${stems}"/>`); put('THREADS', threads); put('LEAVES', hung);
for (const c in cats) put('N' + c, cats[c]); put('TOTAL', HANG); put('OPEN', counts.o); put('HELD', counts.h); put('DONE', counts.f); put('SLOTS', JSON.stringify(slots.map(s => s.map(Math.round))));
put('FREE', JSON.stringify([...Array(N).keys()].filter(s => !taken.has(s))));
put('GENERATOR', fs.readFileSync(new URL(import.meta.url), 'utf8').replace(/<\/(script)/g, '<\\/$1'));
process.stdout.write(out);

