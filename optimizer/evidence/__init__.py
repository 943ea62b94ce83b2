"""Facts derived once from the built original.

Passes run one after another on a text that changes, so each fact says how long it holds:

* what counts steps or names whole stages (`Split`, `Bases`, `Layers`) is true of one text, which it carries. A pass
  that asks for it is silent on any other;
* what the image needs and a build does not (`BuildPackages`) is true of every text that makes the same application, and
  no proven change makes another one. Where a stage was split, its installs no longer ship: nothing is left to do.

So a pass for one stage comes after the passes that would change the stages, and speaks where those were left out,
refused or withdrawn by the proof (`optimizer.optimize` asks all passes again after each withdrawal).
"""
