import type { Part } from '../part';
import { autoscaling } from './autoscaling/autoscaling';
import { backup } from './backup/backup';
import { chromium } from './chromium/chromium';
import { httpRoute } from './http-route/http-route';
import { ingress } from './ingress/ingress';
import { observability } from './observability/observability';
import { ollama } from './ollama/ollama';
import { plugins } from './plugins/plugins';
import { restore } from './restore/restore';
import { runtimeDeps } from './runtime-deps/runtime-deps';
import { selfConfigure } from './self-configure/self-configure';
import { skills } from './skills/skills';
import { tailscale } from './tailscale/tailscale';
import { webTerminal } from './web-terminal/web-terminal';
import { workspace } from './workspace/workspace';

/** The optional features, in the order in which their containers stand in the pod. One line a feature. */
export const features: readonly Part[] = [
  workspace,
  selfConfigure,
  tailscale,
  runtimeDeps,
  skills,
  plugins,
  ollama,
  chromium,
  webTerminal,
  observability,
  httpRoute,
  ingress,
  autoscaling,
  backup,
  restore,
];
