import type { Part } from '../part';
import { chromium } from './chromium/chromium';
import { ingress } from './ingress/ingress';
import { ollama } from './ollama/ollama';
import { plugins } from './plugins/plugins';
import { runtimeDeps } from './runtime-deps/runtime-deps';
import { skills } from './skills/skills';
import { workspace } from './workspace/workspace';

/** The optional features, in the order in which their containers stand in the pod. One line a feature. */
export const features: readonly Part[] = [workspace, runtimeDeps, skills, plugins, ollama, chromium, ingress];
