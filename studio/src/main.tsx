import { render } from 'preact';
import './styles/base.css';
import './styles/controls.css';
import './styles/speak.css';
import './styles/transport.css';
import './styles/pages.css';
import './styles/voices.css';
import './styles/server.css';
import './styles/talk.css';
import { App } from './app.tsx';

const root = document.getElementById('studio');
if (root) render(<App />, root);
