import type { WrittenInstance } from '../../constructs';

export function minimal(name: string): WrittenInstance;
export function full(name: string): WrittenInstance;
