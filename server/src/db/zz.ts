import { openDatabase } from './index.ts'; import { readFileSync } from 'node:fs';
const rss=()=>{const s=readFileSync('/proc/self/status','utf8'); return s.match(/VmRSS:\s+(\d+)/)?.[1]/1024|0};
const t=performance.now(); const db = await openDatabase({data_folder: process.argv[2]});
console.log('open ms', Math.round(performance.now()-t), 'rss MiB', rss());
for (let i=0;i<8;i++) { await new Promise(r=>setTimeout(r,2500)); console.log(rss()); }
await db.close();
